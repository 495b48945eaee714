/** Defines the rules for the signatures of requests. */
import { quoteValue } from '../../dialects/dialect.js';
import { checkEachRequest, type RuleTemplate } from './rule.js';

const CLOCK_TOLERANCE_S = 30;
const DAY_S = 86_400;

export const SIGNATURE_RULES: readonly RuleTemplate[] = [
  {
    id: 'signature.header',
    title: 'every request has a well-formed Authorization header',
    source: 'BECKN-006, Authorization header',
    advice:
      'Send Authorization: Signature keyId="{subscriber_id}|{unique_key_id}|ed25519",algorithm="ed25519",created="{unix s}",expires="{unix s}",headers="(created) (expires) digest",signature="{base64}".',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ authorization, signature }) => {
        if (authorization === undefined) return 'the Authorization header is missing';
        return 'problem' in signature ? signature.problem : undefined;
      }),
  },
  {
    id: 'signature.digest',
    title: 'the signature matches the bytes of the body and the public key',
    source: 'BECKN-006, Hashing and Signing string',
    advice:
      'Serialise the body once, take BLAKE2b-512 over exactly these bytes, sign the three lines joined by line feeds, and send the same bytes. Sign with the private key that belongs to --public-key.',
    required: true,
    needs: 'signature.header',
    check: (record) =>
      checkEachRequest(
        record,
        ({ signatureMismatch }) => signatureMismatch,
        ({ signature }) => !('problem' in signature),
      ),
  },
  {
    id: 'signature.times',
    title: 'created is in the past, expires is in the future, and at most a day lies between them',
    source: 'BECKN-006, Authorization header: created, expires',
    advice:
      'Synchronise the clock by NTP. Use created = now − 5 s and expires = created + 300 s, in whole seconds. As long as a signature is valid, anyone who has seen the request can repeat it.',
    required: true,
    needs: 'signature.header',
    check: (record) =>
      checkEachRequest(
        record,
        ({ signature, at }) => {
          if ('problem' in signature) return undefined;
          const { created, expires } = signature;
          const nowS = at / 1_000;
          if (created > nowS + CLOCK_TOLERANCE_S) return `created is ${Math.round(created - nowS)} s in the future`;
          if (expires <= created) return 'expires is not after created';
          if (expires < nowS) return `the signature expired ${Math.round(nowS - expires)} s before it arrived`;
          const lifetimeS = expires - created;
          return lifetimeS > DAY_S ? `the signature is valid for ${Math.round(lifetimeS / 3_600)} h` : undefined;
        },
        ({ signature }) => !('problem' in signature),
      ),
  },
  {
    id: 'signature.signer',
    title: ({ envelope: { names } }) => `keyId and ${names.bapId} both contain the subscriber id of the app`,
    source: ({ envelope: { names }, specification }) => `BECKN-006, keyId; ${specification} Context.${names.bapId}`,
    advice: ({ envelope: { names } }) =>
      `Use the subscriber id, character for character, as the first part of keyId and as context.${names.bapId}.`,
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ signature, context }) => {
        const { subscriberId } = record.expected;
        const { names } = record.dialect.envelope;
        const bapId = context[names.bapId];
        if (bapId !== subscriberId) return `context.${names.bapId} is ${quoteValue(bapId)}, not ${subscriberId}`;
        if ('problem' in signature || signature.subscriberId === subscriberId) return undefined;
        return `the signer is ${signature.subscriberId}, not ${subscriberId}`;
      }),
  },
  {
    id: 'signature.key-id',
    title: 'the key id in keyId is the registered one',
    source: 'BECKN-006, keyId: unique_key_id',
    advice:
      'Use the unique_key_id of the registry record as the second part of keyId. Receivers look the key up by it.',
    required: true,
    needs: 'signature.header',
    check(record) {
      let expectedKeyId = record.expected.keyId;
      return checkEachRequest(
        record,
        ({ signature }) => {
          if ('problem' in signature) return undefined;
          expectedKeyId ??= signature.keyId;
          return signature.keyId === expectedKeyId
            ? undefined
            : `the key id is ${signature.keyId}, not ${expectedKeyId}`;
        },
        ({ signature }) => !('problem' in signature),
      );
    },
  },
];
