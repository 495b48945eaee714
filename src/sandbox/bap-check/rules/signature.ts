/** Rules about the signature of requests. */
import { checkEachRequest, type Rule } from './rule.js';

const SKEW_S = 30;
const DAY_S = 86_400;

export const SIGNATURE_RULES: readonly Rule[] = [
  {
    id: 'signature.header',
    title: 'every request has an Authorization header of the right form',
    source: 'BECKN-006, Authorization header',
    advice:
      'Send Authorization: Signature keyId="{subscriber_id}|{unique_key_id}|ed25519",algorithm="ed25519",created="{unix s}",expires="{unix s}",headers="(created) (expires) digest",signature="{base64}".',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ authorization, signature }) => {
        if (authorization === undefined) return 'there is no Authorization header';
        return 'problem' in signature ? signature.problem : undefined;
      }),
  },
  {
    id: 'signature.digest',
    title: 'the signature fits the bytes of the body and the public key',
    source: 'BECKN-006, Hashing and Signing string',
    advice:
      'Write the body once, take BLAKE2b-512 over exactly these bytes, sign the three lines joined by one line feed, and send the same bytes. The key must be the one whose public half was given.',
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ signatureMismatch: misfit }) => misfit,
        ({ signature }) => !('problem' in signature),
      ),
  },
  {
    id: 'signature.times',
    title: 'created lies in the past, expires in the future, and not too far',
    source: 'BECKN-006, Authorization header: created, expires',
    advice: `Set the clock by NTP, and take created = now − 5 s and expires = created + 300 s, in whole seconds. More than a day is too long: a request that was overheard could be repeated as long.`,
    required: true,
    check: (record) =>
      checkEachRequest(
        record,
        ({ signature, at }) => {
          if ('problem' in signature) return undefined;
          const { created, expires } = signature;
          const now = at / 1_000;
          if (created > now + SKEW_S) return `created lies ${Math.round(created - now)} s in the future`;
          if (expires <= created) return 'expires is not after created';
          if (expires < now) return `the signature expired ${Math.round(now - expires)} s before it came`;
          const life = expires - created;
          return life > DAY_S ? `the signature lives for ${Math.round(life / 3_600)} h` : undefined;
        },
        ({ signature }) => !('problem' in signature),
      ),
  },
  {
    id: 'signature.signer',
    title: 'the signer is the buyer app: keyId, bap_id and the subscriber id are one',
    source: 'BECKN-006, keyId; core 1.x Context.bap_id',
    advice: 'The first part of keyId and context.bap_id must both be the subscriber id, letter by letter.',
    required: true,
    check: (record) =>
      checkEachRequest(record, ({ signature, context }) => {
        const { subscriberId } = record.expected;
        if (context.bap_id !== subscriberId)
          return `context.bap_id is ${JSON.stringify(context.bap_id)}, not ${subscriberId}`;
        if ('problem' in signature || signature.subscriberId === subscriberId) return undefined;
        return `the request is signed by ${signature.subscriberId}, not by ${subscriberId}`;
      }),
  },
  {
    id: 'signature.key-id',
    title: 'the key id is the registered one',
    source: 'BECKN-006, keyId: unique_key_id',
    advice:
      'The second part of keyId must be the unique_key_id of the registry record, so that receivers find the key.',
    required: true,
    check(record) {
      let known = record.expected.keyId;
      return checkEachRequest(
        record,
        ({ signature }) => {
          if ('problem' in signature) return undefined;
          known ??= signature.keyId;
          return signature.keyId === known ? undefined : `the key id is ${signature.keyId}, not ${known}`;
        },
        ({ signature }) => !('problem' in signature),
      );
    },
  },
];
