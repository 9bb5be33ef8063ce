/** A place that a visitor of the sandbox may take. */
export interface SandboxRole {
  readonly kind: 'operations' | 'bank' | 'merchant';
  readonly name: string;
  readonly credential: string;
}

/** The one-click roles; none when the sandbox does not answer, because a pasted credential works all the same. */
export async function sandboxRoles(sandboxUrl: string): Promise<readonly SandboxRole[]> {
  const response = await fetch(`${sandboxUrl}/console/roles`);
  const body = (await response.json()) as { readonly roles?: readonly SandboxRole[] }; // Ours, from the sandbox that the gateway named.
  return body.roles ?? [];
}
