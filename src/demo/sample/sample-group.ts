import type { SamplePerson } from './people.ts';

/** A group, whom the office invites into it, and how many it has invited. */
export type SampleGroup = {
  id: string;
  belongs: (person: SamplePerson) => boolean;
  joiningCount: number;
  pendingCount: number;
  /** Once they have registered. */
  ownerId: string | null;
};
