import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database, queryRows } from '../../platform/db/database.ts';

/**
 * `unconfirmed`: opened by what may be a person, but nobody looked at the page; `invalid`: opened when it let nobody in;
 * `form-error`: the page's form was sent and refused.
 */
export type LinkOpenKind = 'scanner' | 'unconfirmed' | 'person' | 'invalid' | 'form-error';

/** Visits of one kind to one link. */
export class LinkOpen extends Model<InferAttributes<LinkOpen>, InferCreationAttributes<LinkOpen>> {
  declare linkId: string;
  declare invitationId: string;
  declare kind: LinkOpenKind;
  /** The browser in plain words; of a form error the names of its faulty fields. */
  declare detail: string;
  declare firstAt: CreationOptional<Date>;
  declare lastAt: CreationOptional<Date>;
  declare openCount: CreationOptional<number>;
}

LinkOpen.init(
  {
    linkId: { type: DataTypes.UUID, primaryKey: true },
    invitationId: DataTypes.BIGINT,
    kind: { type: DataTypes.TEXT, primaryKey: true },
    detail: { type: DataTypes.TEXT, primaryKey: true },
    firstAt: DataTypes.DATE,
    lastAt: DataTypes.DATE,
    openCount: DataTypes.INTEGER,
  },
  { sequelize: database, tableName: 'link_opens' },
);

type OpenedLink = Pick<LinkOpen, 'linkId' | 'invitationId'>;

const INCREMENT_SQL = `on conflict (link_id, kind, detail) do update set open_count = link_opens.open_count + 1, last_at = now()`;

/** Counts a visit that says nothing about a person. Nothing is spent by it. */
export async function recordLinkOpen(
  { linkId, invitationId }: OpenedLink,
  kind: 'scanner' | 'unconfirmed' | 'invalid',
  device: string,
): Promise<void> {
  await queryRows(
    `insert into link_opens (link_id, invitation_id, kind, detail) values ($1, $2, $3, $4) ${INCREMENT_SQL}`,
    [linkId, invitationId, kind, device],
  );
}

/**
 * Counts what only a person does, and so the invitation as opened. What the same browser left unconfirmed was this
 * person. `faults` are the names of fields that were refused, never what was typed.
 */
export async function recordLinkOpenByPerson(
  { linkId, invitationId }: OpenedLink,
  device: string,
  invalidFields: readonly string[] = [],
): Promise<void> {
  const names = invalidFields.map((name) => name.replace(/\[.*$/, ''));
  const [kind, detail] =
    invalidFields.length > 0
      ? ['form-error', [...new Set(names)].sort().join(' ').slice(0, 120)]
      : ['person', device];
  await queryRows(
    `with confirmed as (delete from link_opens where link_id = $1 and kind = 'unconfirmed' and detail = $5),
       opened as (update invitations set opened_at = now() where id = $2 and opened_at is null)
     insert into link_opens (link_id, invitation_id, kind, detail) values ($1, $2, $3, $4) ${INCREMENT_SQL}`,
    [linkId, invitationId, kind, detail, device],
  );
}

/** All visits to the links of an invitation, the earliest first. */
export function listLinkOpens(invitationId: string): Promise<LinkOpen[]> {
  return LinkOpen.findAll({ where: { invitationId }, order: ['firstAt', 'kind', 'detail'] });
}
