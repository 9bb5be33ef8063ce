/** A pasted public key as the API takes it: JSON is a JWK, everything else PEM. The hub checks what it is. */
export function keyMaterial(pasted: string): { readonly jwk: string } | { readonly pem: string } {
  const text = pasted.trim();
  return text.startsWith('{') ? { jwk: text } : { pem: text };
}
