// The baseline for all measurements: a minimal page with the same tools.
import { join } from 'node:path';
import express from 'express';
import helmet from 'helmet';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = express();
app.use(helmet());
app.set('view engine', 'ejs');
app.set('views', join(import.meta.dirname, 'views'));
app.set('view cache', true);
app.get('/', async (_req, res) => {
  const personResult = await pool.query({
    name: 'person',
    text: 'select $1::text as name',
    values: ['Amma'],
  });
  const rowsResult = await pool.query({
    name: 'lines',
    text: `select n, 'Alumna ' || n as name, 1990 + n as batch from generate_series(1, $1::int) n`,
    values: [25],
  });
  res.render('floor', { name: personResult.rows[0].name, lines: rowsResult.rows });
});
app.listen(Number(process.env.PORT));
