import { startHubDriver } from './hub-driver.ts';
import { streamSuite } from './suite.ts';

streamSuite('resumable streams', startHubDriver);
