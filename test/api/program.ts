import request, { type Test } from 'supertest';
import { app, validPassword } from '../support/fixtures.ts';

/** A program that speaks to the API for an account, or for nobody. */
export class Program {
  readonly token: string | null;

  constructor(token: string | null = null) {
    this.token = token;
  }

  static async of(email: string, password = validPassword): Promise<Program> {
    const { body } = await new Program().post('/api/v1/token', { email, password });
    return new Program(body.access_token);
  }

  get(path: string): Test {
    return this.#as(request(app).get(path));
  }

  post(path: string, body: object = {}): Test {
    return this.#as(request(app).post(path)).send(body);
  }

  #as(test: Test): Test {
    return this.token === null ? test : test.set('Authorization', `Bearer ${this.token}`);
  }
}
