import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { startTelemetry } from '../../kernel/runtime/telemetry.ts';
import { readSettlementConfig } from './config.ts';
import { startSettlementService } from './service.ts';

// Settlement alone, with the variables of config.ts. The other processes find it by SETTLEMENT_URL.
const config = readSettlementConfig();
const logger = createLogger({ level: config.logLevel, name: 'settlement' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'settlement', logger });
const service = await startSettlementService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop(), telemetry });
