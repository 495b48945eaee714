/**
 * Defines the authority that signs chargers' certificates. Implemented by the socket edge; absent unless configured.
 */

export type SigningResult =
  | {
      /**
       * PEM: the certificate, then the authority's, then those of the authority's issuers if its file contains them.
       */
      readonly chain: string;
      /** Hexadecimal. */
      readonly serialNumber: string;
      /** Epoch ms. */
      readonly notAfter: number;
    }
  | {
      readonly refused: 'unreadable' | 'signature-invalid' | 'not-this-identity' | 'other-operator' | 'key-weak';
    };

export interface CertificateAuthority {
  /**
   * @param csr PKCS #10, as PEM or base64-encoded DER.
   * @errors Rejects if the authority's own key cannot be used.
   */
  sign(csr: string, chargePointId: string): Promise<SigningResult>;
}
