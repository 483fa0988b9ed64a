import type { z } from 'zod';
import { InvalidInput } from '../errors.ts';

/** What a form shows again after an error: what was typed, and one sentence a field. */
export type FormState = Readonly<{ values: Record<string, string>; errors: Record<string, string> }>;

export const emptyForm: FormState = { values: {}, errors: {} };

/** A posted form. `values` is for showing it again and never holds a password. */
export class Form<Data> implements FormState {
  readonly values: Record<string, string>;
  errors: Record<string, string>;
  readonly data: Data | null;

  constructor(values: Record<string, string>, errors: Record<string, string>, data: Data | null) {
    this.values = values;
    this.errors = errors;
    this.data = data;
  }

  /** Adds what a check refuses, so that a form with several faults names them all at once. */
  async collectErrors(check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.errors = { ...error.errors, ...this.errors };
    }
  }

  /** Runs a verb on what was typed. What the form or the verb refuses stands in `errors`, and the answer is null. */
  async run<Result>(verb: (data: Data) => Promise<Result>): Promise<Result | null> {
    if (this.data === null) return null;
    try {
      return await verb(this.data);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.errors = { ...error.errors };
      return null;
    }
  }
}

/** Reads a posted body by a schema. Fields written `name[key]` arrive as one object under `name`. */
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
