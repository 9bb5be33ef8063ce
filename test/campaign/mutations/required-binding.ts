import { refused, type Mutation } from '../support/mutation.ts';

const BINDING_CLAIMS = ['aud', 'method', 'path', 'body_sha256'];

/** Header tokens of a bank that must bind them, without one claim or several. What its path is told then is somebody else's message. */
export const REQUIRED_BINDING_MUTATIONS: readonly Mutation[] = Array.from({ length: 2 ** BINDING_CLAIMS.length }, (_, which): Mutation => {
  const absent = BINDING_CLAIMS.filter((__, at) => which & (1 << at));
  return {
    title: `header token of a bank that must bind it: ${absent.length === 0 ? 'bound' : `without ${absent.join(', ')}`}`,
    async make(original, world) {
      const { bystander } = world;
      const path = `/api/v1/counterparty/${bystander.id}/payment-message`;
      const header = { claims: without(absent) };
      const request = await world.request({ method: 'POST', path, by: bystander, body: original.request.body, header });
      return { expected: refused(absent.length === 0 ? 'FOREIGN_PATH' : 'TOKEN_BINDING'), request };
    },
  };
});

function without(absent: readonly string[]) {
  return (claims: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => !absent.includes(name)));
}
