import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { startTelemetry } from '../../kernel/runtime/telemetry.ts';
import { readAliasesConfig } from './config.ts';
import { startAliasesService } from './service.ts';

// Aliases alone, with the variables of config.ts. The other processes find it by ALIASES_URL.
const config = readAliasesConfig();
const logger = createLogger({ level: config.logLevel, name: 'aliases' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'aliases', logger });
const service = await startAliasesService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop(), telemetry });
