import type { z } from 'zod';
import { InvalidInput } from '../errors.ts';

/** What a form shows again after an error: the submitted values and one message per field. */
export type FormState = Readonly<{ values: Record<string, string>; errors: Record<string, string> }>;

export const emptyForm: FormState = { values: {}, errors: {} };

/** A submitted form. `values` is for showing it again and never contains passwords or codes; `data` is null if it is invalid. */
export class Form<Data> implements FormState {
  readonly values: Record<string, string>;
  errors: Record<string, string>;
  readonly data: Data | null;

  constructor(values: Record<string, string>, errors: Record<string, string>, data: Data | null) {
    this.values = values;
    this.errors = errors;
    this.data = data;
  }

  /** Runs a further check and adds its `InvalidInput` errors, so that all errors are shown together. */
  async collectErrors(check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.errors = { ...error.errors, ...this.errors };
    }
  }

  /** Runs an operation on the data. Returns null, with `errors` set, if the form or the operation rejects it. */
  async run<Result>(operation: (data: Data) => Promise<Result>): Promise<Result | null> {
    if (this.data === null) return null;
    try {
      return await operation(this.data);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.errors = { ...error.errors };
      return null;
    }
  }
}

/** Parses a form body by a schema. Fields named `name[key]` become an object under `name`. */
export function readForm<Schema extends z.ZodObject>(schema: Schema, body: unknown): Form<z.output<Schema>> {
  const fields = groupFields(body);
  const result = schema.safeParse(fields);
  const errors = result.success ? {} : firstErrors(result.error);
  return new Form(redisplayValues(schema, fields), errors, result.success ? result.data : null);
}

function groupFields(body: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(body ?? {})) {
    const [, outer, key] = /^(\w+)\[([\w-]{1,40})\]$/.exec(name) ?? [];
    if (outer === undefined || key === undefined) {
      fields[name] ??= value;
      continue;
    }
    const group = fields[outer];
    if (group === undefined) fields[outer] = { [key]: value };
    else if (typeof group === 'object' && group !== null) Object.assign(group, { [key]: value });
  }
  return fields;
}

function redisplayValues(schema: z.ZodObject, fields: Record<string, unknown>): Record<string, string> {
  const names = Object.keys(schema.shape).filter((name) => !/password|code/i.test(name));
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string') values[name] = value;
    else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value))
        if (typeof inner === 'string') values[`${name}[${key}]`] = inner;
    }
  }
  return values;
}

function firstErrors(error: z.ZodError): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const issue of error.issues) {
    const [name = 'form', key] = issue.path.map(String);
    errors[key === undefined ? name : `${name}[${key}]`] ??= issue.message;
  }
  return errors;
}
