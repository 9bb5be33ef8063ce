import type { EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { type HttpRoute, jsonResponse } from '../../../kernel/runtime/service-host.ts';
import { type ParkedDecision, parkedReportSchema } from '../../../schema/parked-messages.ts';
import type { ParkedMessageStore } from '../app/parked-messages.ts';
import type { Clock } from '../app/ports.ts';

/** The edge reports what it has parked, and hears what operations have decided about it. */
export function parkedMessageRoutes(o: { routes: EdgeRoutes; store: Pick<ParkedMessageStore, 'report'>; clock: Clock }): HttpRoute[] {
  return [
    o.routes.ofAnyone('parked-messages', async ({ body, envelope }) => {
      // The edge's own words come with no participant: nobody outside can have them sent.
      const report = envelope.participant === null ? parkedReportSchema.safeParse(jsonOf(body)) : null;
      if (!report?.success) return jsonResponse(401, { error: 'not a report of the edge', code: 'ENVELOPE_MISMATCH' });
      const decisions = await o.store.report(report.data.messages, o.clock.now());
      return jsonResponse(200, { decisions } satisfies { readonly decisions: readonly ParkedDecision[] });
    }),
  ];
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // Fails the schema.
  }
}
