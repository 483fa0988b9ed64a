import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, rows } from '../database.ts';

/**
 * `unconfirmed`: opened by what may be a person, but nobody looked at the page; `dead`: opened when it let nobody in;
 * `form-error`: the page's form was sent and refused.
 */
export type VisitKind = 'scanner' | 'unconfirmed' | 'person' | 'dead' | 'form-error';

/** Visits of one kind to one link. */
export class Visits extends Model<InferAttributes<Visits>, InferCreationAttributes<Visits>> {
  declare linkId: string;
  declare invitationId: string;
  declare kind: VisitKind;
  /** The browser in plain words; of a form error the names of its faulty fields. */
  declare about: string;
  declare firstAt: CreationOptional<Date>;
  declare lastAt: CreationOptional<Date>;
  declare times: CreationOptional<number>;
}

Visits.init(
  {
    linkId: { type: DataTypes.UUID, primaryKey: true },
    invitationId: DataTypes.BIGINT,
    kind: { type: DataTypes.TEXT, primaryKey: true },
    about: { type: DataTypes.TEXT, primaryKey: true },
    firstAt: DataTypes.DATE,
    lastAt: DataTypes.DATE,
    times: DataTypes.INTEGER,
  },
  { sequelize: database, tableName: 'link_visits' },
);

type VisitedLink = Pick<Visits, 'linkId' | 'invitationId'>;

const COUNT = `on conflict (link_id, kind, about) do update set times = link_visits.times + 1, last_at = now()`;

/** Counts a visit that says nothing about a person. Nothing is spent by it. */
export async function noteVisit(
  { linkId, invitationId }: VisitedLink,
  kind: 'scanner' | 'unconfirmed' | 'dead',
  device: string,
): Promise<void> {
  await rows(
    `insert into link_visits (link_id, invitation_id, kind, about) values ($1, $2, $3, $4) ${COUNT}`,
    [linkId, invitationId, kind, device],
  );
}

/**
 * Counts what only a person does, and so the invitation as opened. What the same browser left unconfirmed was this
 * person. `faults` are the names of fields that were refused, never what was typed.
 */
export async function notePerson(
  { linkId, invitationId }: VisitedLink,
  device: string,
  faults: readonly string[] = [],
): Promise<void> {
  const names = faults.map((name) => name.replace(/\[.*$/, ''));
  const [kind, about] =
    faults.length > 0
      ? ['form-error', [...new Set(names)].sort().join(' ').slice(0, 120)]
      : ['person', device];
  await rows(
    `with confirmed as (delete from link_visits where link_id = $1 and kind = 'unconfirmed' and about = $5),
       opened as (update invitations set opened_at = now() where id = $2 and opened_at is null)
     insert into link_visits (link_id, invitation_id, kind, about) values ($1, $2, $3, $4) ${COUNT}`,
    [linkId, invitationId, kind, about, device],
  );
}

/** All visits to the links of an invitation, the earliest first. */
export function visitsOf(invitationId: string): Promise<Visits[]> {
  return Visits.findAll({ where: { invitationId }, order: ['firstAt', 'kind', 'about'] });
}
