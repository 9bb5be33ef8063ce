import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { startTelemetry } from '../../kernel/runtime/telemetry.ts';
import { readOrdersConfig } from './config.ts';
import { startOrdersService } from './service.ts';

// Orders alone, with the variables of config.ts. The other processes find it by ORDERS_URL.
const config = readOrdersConfig();
const logger = createLogger({ level: config.logLevel, name: 'orders' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'orders', logger });
const service = await startOrdersService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop(), telemetry });
