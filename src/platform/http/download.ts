import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { errorCode } from '../errors.ts';
import { log } from '../log.ts';

/**
 * Sends a CSV file that is made while it is sent. What breaks off on our side breaks the download off too, so that half a
 * file is never taken for a whole one; a visitor who goes away ends the reading. `name` is a plain name, without ending.
 */
export async function sendCsv(res: Response, name: string, csv: Readable): Promise<void> {
  res.set('Content-Type', 'text/csv; charset=utf-8');
  res.attachment(`${name}.csv`);
  try {
    await pipeline(csv, res);
  } catch (error) {
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') log.error({ err: error }, 'a download broke off');
  }
}
