import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { descendantsNamed } from '../bench/process-cpu.ts';
import { startWorld, type World } from '../flows/bad-input/support/world.ts';
import { faultRun } from '../support/fault-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { REQUIRED_BINDING_MUTATIONS } from './mutations/required-binding.ts';
import { KEY_MUTATIONS, MISPLACED_TOKEN_MUTATIONS } from './mutations/keys-and-replays.ts';
import {
  HEADER_CLAIM_MUTATIONS,
  JOSE_MEMBER_MUTATIONS,
  PAYLOAD_CLAIM_MUTATIONS,
  PAYLOAD_TEXT_MUTATIONS,
} from './mutations/token-members.ts';
import { BODY_BYTE_MUTATIONS, SEGMENT_MUTATIONS, TOKEN_CHARACTER_MUTATIONS } from './mutations/token-texts.ts';
import { COMPRESSION_MUTATIONS, HEADER_MUTATIONS, HTTP_MUTATIONS, PATH_MUTATIONS, SIZE_MUTATIONS } from './mutations/transport.ts';
import { campaignLine, runCampaign, type CampaignReport } from './support/campaign.ts';
import type { Mutation } from './support/mutation.ts';
import { seededRandom, type Random } from './support/random.ts';
import { requireBinding, spreadOverObjects } from './support/terms.ts';

const FAMILIES: readonly (readonly Mutation[])[] = [
  JOSE_MEMBER_MUTATIONS,
  HEADER_CLAIM_MUTATIONS,
  PAYLOAD_CLAIM_MUTATIONS,
  PAYLOAD_TEXT_MUTATIONS,
  SEGMENT_MUTATIONS,
  TOKEN_CHARACTER_MUTATIONS,
  BODY_BYTE_MUTATIONS,
  KEY_MUTATIONS,
  MISPLACED_TOKEN_MUTATIONS,
  REQUIRED_BINDING_MUTATIONS,
  HEADER_MUTATIONS,
  COMPRESSION_MUTATIONS,
  SIZE_MUTATIONS,
  PATH_MUTATIONS,
  HTTP_MUTATIONS,
];
/** Of each family in the short run. */
const SHORT_PER_FAMILY = 80;
/** How often the long run goes through everything, each time with other random choices, if its time allows. */
const LONG_ROUNDS = 200;
const PROBLEMS_SHOWN = 25;

const run = faultRun();
let world: World;
let before: Counts;
let report: CampaignReport;

beforeAll(async () => {
  world = await startWorld();
  await requireBinding(world);
  await spreadOverObjects(world, async () => (await readCounts()).objects);
  before = await readCounts();
}, 60_000);
afterAll(() => world.stop(), 30_000);

function mutationsOfRun(random: Random): readonly Mutation[] {
  // Mixed, so that a machine that is too slow for all of them still tries some of each.
  const some = FAMILIES.flatMap((family) => shuffled(family, random).slice(0, SHORT_PER_FAMILY));
  if (!run.long) return shuffled(some, random);
  return Array.from({ length: LONG_ROUNDS }, () => shuffled(FAMILIES.flat(), random)).flat();
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  const rest = [...list];
  return Array.from(list, () => rest.splice(random.below(rest.length), 1)).flat();
}

interface Counts {
  readonly payments: number;
  /** Databases of objects of the edge. */
  readonly objects: number;
}

async function readCounts(): Promise<Counts> {
  const { rows } = await world.database.query<{ payments: string }>('select count(*) as payments from payments.payment');
  const files = await readdir(join(world.hub.hub.home, 'edge'), { recursive: true });
  return { payments: Number(rows[0]?.payments), objects: files.filter((name) => name.endsWith('.sqlite')).length };
}

describe('every mutation of a right message', () => {
  it(
    'is refused with its own code, the same again, and leaves the way free for the right one',
    async ({ annotate }) => {
      const mutations = mutationsOfRun(seededRandom(run.seed));
      report = await runCampaign(world, { seed: run.seed, mutations, milliseconds: run.milliseconds });
      await annotate(campaignLine(report));
      expect(report.problems.slice(0, PROBLEMS_SHOWN), `FAULTS_SEED=${run.seed}`).toEqual([]);
      expect(report.serverErrors + report.otherAnswers).toBe(0);
      expect(report.tried).toBeGreaterThan(100);
      expect(report.originalsAccepted).toBeGreaterThan(0);
    },
    run.milliseconds + 60_000,
  );

  it('made no payment beside those that were acknowledged, and no order was paid twice', async () => {
    const { payments } = await readCounts();
    expect(payments - before.payments).toBe(report.same + report.accepted + report.originalsAccepted + report.acceptedAfterReject);
    const { rows } = await world.database.query(
      `select order_id from payments.payment where state <> 'REJECT' group by order_id having count(*) > 1`,
    );
    expect(rows).toEqual([]);
  });

  it('made no object at the edge, whoever it said that it came from', async () => {
    expect((await readCounts()).objects).toBe(before.objects);
  });

  it('is answered byte for byte as before when workerd was killed meanwhile', async () => {
    const [pid = 0] = descendantsNamed(world.hub.hub.pids()['hub'] ?? 0, 'workerd');
    process.kill(pid, 'SIGKILL');
    await waitFor(async () => (await fetch(`${world.hub.sandbox.edge}/readyz`)).ok, { timeoutMs: 30_000 });
    for (const { request, answer } of report.answered) {
      if ('parts' in request) continue;
      expect(await world.send(request)).toEqual(answer);
    }
  }, 60_000);
});
