import pino from 'pino';
import { config } from './config/config.ts';

/** Logs JSON lines to stdout. Errors are reduced to type, message and stack, because database errors also contain bound values. */
export const log = pino({
  level: config.logLevel,
  base: { process: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: {
    err: (error: Error) => ({ type: error.name, message: error.message, stack: error.stack }),
  },
});
