/**
 * Defines the authority that signs chargers' certificates. Implemented by the socket edge; absent unless configured.
 */

export type SigningResult =
  | {
      /**
       * PEM: the certificate, then the authority's, then those of the authority's issuers if its file contains them.
       */
      readonly chain: string;
      /** The serial number of the certificate, in hexadecimal. */
      readonly serialNumber: string;
      /** The expiry of the certificate, epoch ms. */
      readonly notAfter: number;
    }
  | {
      readonly refused: 'unreadable' | 'signature-invalid' | 'not-this-identity' | 'other-operator' | 'key-weak';
    };

export interface CertificateAuthority {
  /**
   * Signs a certificate request, or refuses it.
   * @param csr PKCS #10, as PEM or base64-encoded DER.
   * @errors Rejects if the authority's own key cannot be used.
   */
  sign(csr: string, chargePointId: string): Promise<SigningResult>;
}
