import pino from 'pino';
import { config } from './config/config.ts';

/** JSON lines on stdout. Errors keep type, message and stack only: a database error also carries the values it was given. */
export const log = pino({
  level: config.logLevel,
  base: { process: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: {
    err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }),
  },
});
