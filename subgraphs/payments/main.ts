import { createLogger } from '../../kernel/runtime/logger.ts';
import { runProcess } from '../../kernel/runtime/run-process.ts';
import { readPaymentsConfig } from './config.ts';
import { startPaymentsService } from './service.ts';

// Payments alone, with the variables of config.ts. The other processes find it by PAYMENTS_URL.
const config = readPaymentsConfig();
const logger = createLogger({ level: config.logLevel, name: 'payments' });
const service = await startPaymentsService(config, logger);
runProcess({ logger, addresses: { url: service.url }, stop: () => service.stop() });
