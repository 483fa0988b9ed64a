import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { database } from '../database.ts';
import type { Facts } from './purpose.ts';

/** A row of a batch's file. What is known of it comes step by step: facts and verdict when it is judged, then an outcome. */
export class BatchRow extends Model<InferAttributes<BatchRow>, InferCreationAttributes<BatchRow>> {
  declare batchId: string;
  /** The line of the file on which the row begins, from 1. */
  declare line: number;
  /** As they stand in the file. */
  declare cells: string[];
  /** Finds rows that occur twice in the file. */
  declare key: CreationOptional<string | null>;
  declare facts: CreationOptional<Facts | null>;
  declare verdict: CreationOptional<string | null>;
  declare remark: CreationOptional<string | null>;
  declare outcome: CreationOptional<string | null>;
  /** What was made or changed for it: an invitation or a record. */
  declare resultId: CreationOptional<string | null>;
}

BatchRow.init(
  {
    batchId: { type: DataTypes.BIGINT, primaryKey: true },
    line: { type: DataTypes.INTEGER, primaryKey: true },
    cells: DataTypes.JSON,
    key: DataTypes.TEXT,
    facts: DataTypes.JSONB,
    verdict: DataTypes.TEXT,
    remark: DataTypes.TEXT,
    outcome: DataTypes.TEXT,
    resultId: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'batch_rows' },
);
