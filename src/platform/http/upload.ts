import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request, RequestHandler } from 'express';
import { BadRequest, HomecomingError, InvalidInput } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { cut } from '../text/text.ts';

/** A file that is still being received. Its name is for display only. */
export type Upload = Readonly<{ name: string; content: AsyncIterable<Buffer> }>;

type Fields = Record<string, string | string[]>;
type PendingFile = Readonly<{ name: string; content: Readable; contentLength: number }>;

const MEGABYTE = 1024 * 1024;
const MAX_FILE_BYTES = 20 * MEGABYTE;
/** Upper limit of the fields next to the file. */
const MAX_FIELD_BYTES = MEGABYTE;
/** Read and discarded after a response: browsers show a connection error if we close before they have sent everything. */
const MAX_DRAINED_BYTES = 200 * MEGABYTE;

const limits = {
  fieldNameSize: 100,
  fieldSize: 10_000,
  fields: 30,
  files: 1,
  parts: 32,
  headerPairs: 20,
  fileSize: MAX_FILE_BYTES + 1,
};

const pendingFiles = new WeakMap<Request, PendingFile>();

/**
 * Parses a multipart form up to its file. The fields go to `req.body` for the following checks; the file isn't read until
 * `takeUpload`, so that nothing is accepted from someone without permission. Fields must precede the file.
 */
export const readUpload: RequestHandler = async (req, res, next) => {
  if (req.method !== 'POST' || !req.is('multipart/form-data')) return next();
  res.once('finish', () => drainRequest(req));
  const fields: Fields = Object.create(null);
  const file = await readUntilFile(req, fields);
  req.body = fields;
  if (file) pendingFiles.set(req, file);
  next();
};

/**
 * Returns the form's file, once. Reading it throws InvalidInput if it is too large and BadRequest if the upload is interrupted.
 * @throws InvalidInput if no file was chosen, or the request is too large
 */
export function takeUpload(req: Request): Upload {
  const file = pendingFiles.get(req);
  pendingFiles.delete(req);
  if (!file) throw new InvalidInput({ file: t('errors:upload.missing') });
  if (file.contentLength > MAX_FILE_BYTES + MAX_FIELD_BYTES) throw fileTooLarge(file.contentLength);
  return { name: cut(file.name, 200), content: readContent(file.content) };
}

function readUntilFile(req: Request, fields: Fields): Promise<PendingFile | null> {
  const parser = parserFor(req);
  const contentLength = Number(req.get('Content-Length') ?? 0);
  return new Promise((resolve, reject) => {
    let file: Readable | null = null;
    const fail = () => {
      req.unpipe(parser);
      file?.destroy(incompleteForm());
      reject(incompleteForm());
    };
    parser.on('field', (name, value, { valueTruncated }) => {
      if (file !== null) return;
      if (valueTruncated || `${name}${value}`.includes('\0')) return fail();
      addField(fields, String(name), value);
    });
    parser.on('file', (_field, content, { filename }) => {
      // Without a listener, an interrupted upload that nobody reads would crash the process.
      content.on('error', () => {});
      if (!filename) {
        content.resume();
        return;
      }
      file = content;
      content.once('limit', () => content.destroy(fileTooLarge(contentLength)));
      resolve({ name: filename, content, contentLength });
    });
    for (const event of ['error', 'fieldsLimit', 'partsLimit'] as const) parser.once(event, fail);
    parser.once('close', () => resolve(null));
    req.once('close', () => req.complete || fail());
    req.pipe(parser);
  });
}

function parserFor(req: Request): Busboy {
  try {
    return busboy({ headers: req.headers, defParamCharset: 'utf8', limits });
  } catch {
    throw incompleteForm();
  }
}

// Like in other forms, repeated names become a list.
function addField(fields: Fields, name: string, value: string): void {
  const existing = fields[name];
  fields[name] = existing === undefined ? value : [existing, value].flat();
}

async function* readContent(content: Readable): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof HomecomingError ? error : incompleteForm();
  }
}

/** Reads and discards the rest of the request, up to a limit. */
function drainRequest(req: Request): void {
  if (req.complete) return;
  let drained = 0;
  req.unpipe();
  req.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MAX_DRAINED_BYTES) req.destroy();
  });
  req.resume();
}

function fileTooLarge(contentLength: number): InvalidInput {
  const file =
    contentLength > MAX_FILE_BYTES
      ? t('errors:upload.tooLargeBy', { size: Math.round((contentLength * 10) / MEGABYTE) / 10 })
      : t('errors:upload.tooLarge');
  return new InvalidInput({ file });
}

function incompleteForm(): BadRequest {
  return new BadRequest(t('errors:request.incomplete'));
}
