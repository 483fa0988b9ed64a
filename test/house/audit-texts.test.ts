import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import audit from '../../locales/en/audit.json' with { type: 'json' };
import { projectRoot } from '../../src/platform/config/config.ts';

type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

const nouns = Object.keys(audit.actions).join('|');
// An action as a whole, such as 'invitation.revoked', in a file that records events.
const WHOLE_ACTION = new RegExp(`'((?:${nouns})\\.[a-z-]+)'`, 'g');
// An action whose verb is a variable, such as `invitation.${verb}`.
const VARIABLE_ACTION = /action: `([a-z-]+)\.\$\{\w+\}`,/;

// The verbs of these functions come from the types of other files.
const verbsByType: Readonly<Record<string, readonly string[]>> = {
  ConsentDecision: ['granted', 'renewed', 'refused', 'withdrawn'],
  RemovalReason: ['left', 'removed', 'undone'],
};

function listRecordedActions(): string[] {
  const files = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(projectRoot, 'src', file), 'utf8'));
  return [...new Set(files.filter((source) => /recordEvents?\(/.test(source)).flatMap(actionsIn))].sort();
}

function actionsIn(source: string): string[] {
  const whole = [...source.matchAll(WHOLE_ACTION)].map(([, action = '']) => action);
  const noun = VARIABLE_ACTION.exec(source)?.[1];
  return noun === undefined ? whole : [...whole, ...verbsIn(source).map((verb) => `${noun}.${verb}`)];
}

/** The verbs that a file passes to its own function that records events. */
function verbsIn(source: string): string[] {
  const calls = [...source.matchAll(/record\w*Events?\(\s*'([a-z-]+)'/g)].map(([, verb = '']) => verb);
  const parameters = [...source.matchAll(/^ {2}(?:verb|action|event|decision): ([^;=]*?),$/gm)].map(
    ([, type = '']) => type,
  );
  const fromTypes = parameters.flatMap((type) => [
    ...[...type.matchAll(/'([a-z-]+)'/g)].map(([, verb = '']) => verb),
    ...Object.entries(verbsByType).flatMap(([name, verbs]) => (type.includes(name) ? verbs : [])),
  ]);
  return [...calls, ...fromTypes];
}

const actionsOf = (texts: Texts) =>
  Object.entries(texts).flatMap(([noun, verbs]) => Object.keys(verbs).map((verb) => `${noun}.${verb}`));

describe('the texts of audit events', () => {
  it('cover every action that the code records, and no other', () => {
    expect(actionsOf(audit.actions).sort()).toEqual(listRecordedActions());
  });

  it('include a sentence for each action', () => {
    const sentences = actionsOf(audit.events).filter((key) => !key.includes('_'));
    expect(sentences.sort()).toEqual(actionsOf(audit.actions).sort());
  });

  it('use each tag once in a sentence, with the name of the same thing', () => {
    for (const sentence of Object.values<Texts[string]>(audit.events).flatMap(Object.values)) {
      expect(sentence).not.toMatch(/<(\w+)>.*<\1>/);
      expect(sentence).not.toMatch(/<actor>(?!\{\{actor\}\}<)/);
      expect(sentence).not.toContain('.');
    }
  });
});
