import { readCoreConfig } from '../../../gateway/config.ts';
import { loadSecrets } from '../../../kernel/runtime/secrets.ts';
import { hubOnPorts } from '../../gateway/hub-on-ports.ts';

// The four subgraphs in a process of their own, each on its port. Tells its starter the addresses.

const config = readCoreConfig();
const stops: (() => Promise<unknown>)[] = [];
const remote = await hubOnPorts(config, await loadSecrets(config.secretsFolder), stops);
process.once('disconnect', () => void stopAll());
process.send?.({ remote });

async function stopAll(): Promise<void> {
  for (const stop of stops.toReversed()) await stop();
  process.exit(0);
}
