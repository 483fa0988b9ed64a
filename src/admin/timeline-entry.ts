export type TimelineEntry = Readonly<{
  at: Date;
  title: string;
  text: string | null;
  tone: 'plain' | 'good' | 'bad';
  link?: Readonly<{ url: string; label: string }>;
}>;
