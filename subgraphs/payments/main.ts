import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { startTelemetry } from '../../kernel/runtime/telemetry.ts';
import { readPaymentsConfig } from './config.ts';
import { startPaymentsService } from './service.ts';

// Payments alone, with the variables of config.ts. The other processes find it by PAYMENTS_URL.
const config = readPaymentsConfig();
const logger = createLogger({ level: config.logLevel, name: 'payments' });
const telemetry = await startTelemetry({ settings: config.telemetry, service: 'payments', logger });
const service = await startPaymentsService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop(), telemetry });
