import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { errorCode } from '../errors.ts';
import { log } from '../log.ts';
import { type Table, writeCsv, writeWorkbook } from '../tables/write.ts';

const formats = {
  csv: { type: 'text/csv; charset=utf-8', write: writeCsv },
  xlsx: {
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    write: writeWorkbook,
  },
} as const;

/**
 * Streams a table as an Excel workbook if the form says `format=xlsx`, otherwise as CSV. An error aborts the
 * download, so that a partial file isn't mistaken for a complete one; a client that disconnects stops the stream. `name` is
 * the file name without extension.
 */
export async function sendTable(req: Request, res: Response, name: string, table: Table): Promise<void> {
  const format = (req.body ?? req.query).format === 'xlsx' ? 'xlsx' : 'csv';
  res.set('Content-Type', formats[format].type);
  res.attachment(`${name}.${format}`);
  try {
    await pipeline(formats[format].write(table), res);
  } catch (error) {
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') log.error({ err: error }, 'a download failed');
  }
}
