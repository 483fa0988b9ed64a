import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request, RequestHandler } from 'express';
import { BadRequest, HomecomingError, InvalidInput } from '../errors.ts';

/** A file that is still being sent. Its name is for showing only. */
export type Upload = Readonly<{ name: string; content: AsyncIterable<Buffer> }>;

type Fields = Record<string, string | string[]>;
type PendingFile = Readonly<{ name: string; content: Readable; contentLength: number }>;

const MEGABYTE = 1024 * 1024;
const MAX_FILE_BYTES = 20 * MEGABYTE;
/** The fields beside the file have less than this. */
const MAX_FIELD_BYTES = MEGABYTE;
/** So much is taken off the line after an answer, or a browser would show a broken connection instead of our page. */
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
 * Reads a form with a file up to that file: its fields stand in `req.body` for the checks that follow, and the file waits
 * on the line, so that nothing is taken from somebody who may not send it. The fields come before the file.
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
 * The file of the form, once. Reading it ends with an error when it turns out too large (`Invalid`) or breaks off.
 * @throws Invalid when no file was chosen, or when it is known to be too large
 */
export function takeUpload(req: Request): Upload {
  const file = pendingFiles.get(req);
  pendingFiles.delete(req);
  if (!file) throw new InvalidInput({ file: 'Choose a file' });
  if (file.contentLength > MAX_FILE_BYTES + MAX_FIELD_BYTES) throw fileTooLarge(file.contentLength);
  return { name: file.name.slice(0, 200), content: readContent(file.content) };
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
      // Heard, or a file that breaks off while nobody reads it would end the process.
      content.on('error', () => {});
      if (!filename) {
        content.resume();
        return;
      }
      file = content;
      content.once('limit', () => content.destroy(fileTooLarge(contentLength)));
      resolve({ name: filename, content, contentLength: contentLength });
    });
    for (const end of ['error', 'fieldsLimit', 'partsLimit'] as const) parser.once(end, fail);
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

// As the fields of other forms: a name that comes again makes a list.
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

/** Takes the rest of a form that nobody wants off the line; an endless one is hung up on. */
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
  const size =
    contentLength > MAX_FILE_BYTES ? `${(contentLength / MEGABYTE).toFixed(1)} MB` : 'more than 20 MB';
  return new InvalidInput({ file: `This file has ${size}; at most 20 MB can be sent` });
}

function incompleteForm(): BadRequest {
  return new BadRequest('The form did not arrive whole. Please go back and send it again.');
}
