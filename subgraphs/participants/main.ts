import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { startTelemetry } from '../../kernel/runtime/telemetry.ts';
import { readParticipantsConfig } from './config.ts';
import { startParticipantsService } from './service.ts';

// Participants alone, with the variables of config.ts. The other processes find it by PARTICIPANTS_URL.
const config = readParticipantsConfig();
const logger = createLogger({ level: config.logLevel, name: 'participants' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'participants', logger });
const service = await startParticipantsService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop(), telemetry });
