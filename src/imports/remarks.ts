/** What staff should know about how a row was read, in the order of the page. */
export const remarkNames = ['yearOfDate', 'lastYear', 'severalAddresses', 'nameSplit', 'typo'] as const;
export type RemarkName = (typeof remarkNames)[number];

/** A remark, and its sentence about one row. */
export type Remark = Readonly<{ name: RemarkName; text: string }>;
