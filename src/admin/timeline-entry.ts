/** One thing that happened, as staff read it. */
export type TimelineEntry = Readonly<{
  at: Date;
  title: string;
  text: string | null;
  tone: 'plain' | 'good' | 'bad';
  /** Where more about it stands. */
  link?: Readonly<{ url: string; label: string }>;
}>;
