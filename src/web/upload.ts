import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request, RequestHandler } from 'express';
import { BadRequest, HomecomingError, Invalid } from '../errors.ts';

/** A file that is still being sent. Its name is for showing only. */
export type Upload = Readonly<{ name: string; content: AsyncIterable<Buffer> }>;

type Fields = Record<string, string | string[]>;
type Waiting = Readonly<{ name: string; content: Readable; announced: number }>;

const MEGABYTE = 1024 * 1024;
const MOST_BYTES = 20 * MEGABYTE;
/** The fields beside the file have less than this. */
const FOR_FIELDS = MEGABYTE;
/** So much is taken off the line after an answer, or a browser would show a broken connection instead of our page. */
const MOST_DRAINED = 200 * MEGABYTE;

const limits = {
  fieldNameSize: 100,
  fieldSize: 10_000,
  fields: 30,
  files: 1,
  parts: 32,
  headerPairs: 20,
  fileSize: MOST_BYTES + 1,
};

const waiting = new WeakMap<Request, Waiting>();

/**
 * Reads a form with a file up to that file: its fields stand in `req.body` for the checks that follow, and the file waits
 * on the line, so that nothing is taken from somebody who may not send it. The fields come before the file.
 */
export const readUpload: RequestHandler = async (req, res, next) => {
  if (req.method !== 'POST' || !req.is('multipart/form-data')) return next();
  res.once('finish', () => drain(req));
  const fields: Fields = Object.create(null);
  const file = await readAhead(req, fields);
  req.body = fields;
  if (file) waiting.set(req, file);
  next();
};

/**
 * The file of the form, once. Reading it ends with an error when it turns out too large (`Invalid`) or breaks off.
 * @throws Invalid when no file was chosen, or when it is known to be too large
 */
export function uploadOf(req: Request): Upload {
  const file = waiting.get(req);
  waiting.delete(req);
  if (!file) throw new Invalid({ file: 'Choose a file' });
  if (file.announced > MOST_BYTES + FOR_FIELDS) throw tooLarge(file.announced);
  return { name: file.name.slice(0, 200), content: read(file.content) };
}

function readAhead(req: Request, fields: Fields): Promise<Waiting | null> {
  const parser = parserFor(req);
  const announced = Number(req.get('Content-Length') ?? 0);
  return new Promise((resolve, reject) => {
    let file: Readable | null = null;
    const fail = () => {
      req.unpipe(parser);
      file?.destroy(unreadable());
      reject(unreadable());
    };
    parser.on('field', (name, value, { valueTruncated }) => {
      if (file !== null) return;
      if (valueTruncated || `${name}${value}`.includes('\0')) return fail();
      add(fields, String(name), value);
    });
    parser.on('file', (_field, content, { filename }) => {
      // Heard, or a file that breaks off while nobody reads it would end the process.
      content.on('error', () => {});
      if (!filename) {
        content.resume();
        return;
      }
      file = content;
      content.once('limit', () => content.destroy(tooLarge(announced)));
      resolve({ name: filename, content, announced });
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
    throw unreadable();
  }
}

// As the fields of other forms: a name that comes again makes a list.
function add(fields: Fields, name: string, value: string): void {
  const before = fields[name];
  fields[name] = before === undefined ? value : [before, value].flat();
}

async function* read(content: Readable): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof HomecomingError ? error : unreadable();
  }
}

/** Takes the rest of a form that nobody wants off the line; an endless one is hung up on. */
function drain(req: Request): void {
  if (req.complete) return;
  let drained = 0;
  req.unpipe();
  req.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > MOST_DRAINED) req.destroy();
  });
  req.resume();
}

function tooLarge(announced: number): Invalid {
  const size = announced > MOST_BYTES ? `${(announced / MEGABYTE).toFixed(1)} MB` : 'more than 20 MB';
  return new Invalid({ file: `This file has ${size}; at most 20 MB can be sent` });
}

function unreadable(): BadRequest {
  return new BadRequest('The form did not arrive whole. Please go back and send it again.');
}
