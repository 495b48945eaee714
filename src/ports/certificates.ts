/** The authority that signs chargers' certificates. Implemented beside the socket edge; absent where no authority is configured. */

export type SigningResult =
  | {
      /** PEM: the certificate, then the authority's and what its file holds above that. */
      readonly chain: string;
      /** Hexadecimal. */
      readonly serialNumber: string;
      /** Epoch ms. */
      readonly notAfter: number;
    }
  | {
      /** Words from a closed list. */
      readonly refused: 'unreadable' | 'signature-invalid' | 'not-this-identity' | 'other-operator' | 'key-weak';
    };

export interface CertificateAuthority {
  /**
   * @param csr PKCS #10, PEM or the base64 of its DER.
   * @errors Rejects when the authority's own key cannot be used.
   */
  sign(csr: string, chargePointId: string): Promise<SigningResult>;
}
