import { pino } from 'pino';

import { currentFacts } from './tracing.ts';

/** Structured logging: `logger.info({ paymentId, from, to }, 'payment moved')`. */
export type Logger = pino.Logger;

/**
 * A logger that writes JSON lines to standard output. Every line is redacted as a whole, so that a token or an account number that
 * slipped into an error message does not leave the process either: tokens and API keys are cut, IBANs and phone numbers keep
 * their last four characters. A line that is written for a request names it and its trace.
 */
export function createLogger(o: { level: string; name: string; destination?: pino.DestinationStream }): Logger {
  const options: pino.LoggerOptions = {
    level: o.level,
    name: o.name,
    base: { name: o.name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => currentFacts(),
    hooks: { streamWrite: redact },
  };
  return o.destination ? pino(options, o.destination) : pino(options);
}

const JWT = /\beyJ[\w-]+(?:\.[\w-]*){1,4}/g;
const API_KEY = /\b(sk|pk|bk)_(live|test)_\w+/g;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
const SECRET_MEMBER = /"(authorization|cx-authorization|cookie|set-cookie|password|secret|clientSecret|apiKey|privateJwk)":"[^"]*"/gi;
const IBAN = /\b[A-Z]{2}\d{2}[A-Z0-9]{7,26}([A-Z0-9]{4})\b/g;
const PHONE = /\+?\b380\d{5}(\d{4})\b/g;
const URL_PASSWORD = /(\/\/[^/\s:@"]+):[^/\s@"]+@/g;

/** Cuts what must not be kept out of one line of log. */
export function redact(line: string): string {
  return line
    .replace(SECRET_MEMBER, '"$1":"[redacted]"')
    .replace(JWT, '[token]')
    .replace(API_KEY, '$1_$2_[redacted]')
    .replace(BEARER, '$1 [redacted]')
    .replace(URL_PASSWORD, '$1:[redacted]@')
    .replace(IBAN, '[iban …$1]')
    .replace(PHONE, '[phone …$1]');
}
