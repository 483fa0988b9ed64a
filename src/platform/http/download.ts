import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { errorCode } from '../errors.ts';
import { log } from '../log.ts';

/**
 * Streams a CSV file. An error aborts the download, so that a partial file isn't mistaken for a complete one; a client
 * that disconnects stops the stream. `name` is the file name without extension.
 */
export async function sendCsv(res: Response, name: string, csv: Readable): Promise<void> {
  res.set('Content-Type', 'text/csv; charset=utf-8');
  res.attachment(`${name}.csv`);
  try {
    await pipeline(csv, res);
  } catch (error) {
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') log.error({ err: error }, 'a download failed');
  }
}
