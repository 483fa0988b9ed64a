import { Readable } from 'node:stream';
import { importAlumni } from '../../src/imports/records/command-import.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';

// A separate process, so that its memory can be limited.
const ignoredText = 'ignored text '.repeat(30);

function* chunks() {
  yield 'external_id,last_name,email,notes\n';
  for (let number = 0; number < 30_000; number += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => number + index);
    yield ids.map((id) => `L${id},Moss,l${id}@example.org,${ignoredText}${id}\n`).join('');
  }
}

const result = await importAlumni(Readable.from(chunks()), { kind: 'command' });
process.stdout.write(JSON.stringify(result));
await closeDatabase();
