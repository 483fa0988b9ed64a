import request, { type Test } from 'supertest';
import { app, validPassword } from '../support/fixtures.ts';

/** Calls the API with the token of an account, or without one. */
export class ApiClient {
  readonly token: string | null;

  constructor(token: string | null = null) {
    this.token = token;
  }

  static async signIn(email: string, password = validPassword): Promise<ApiClient> {
    const { body } = await new ApiClient().post('/api/v1/token', { email, password });
    return new ApiClient(body.access_token);
  }

  get(path: string): Test {
    return this.#authorize(request(app).get(path));
  }

  post(path: string, body: object = {}): Test {
    return this.#authorize(request(app).post(path)).send(body);
  }

  /** Sends any request of an operation. */
  send(method: string, path: string, body: object = {}): Test {
    const test = request(app)[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](path);
    return method.toLowerCase() === 'get' ? this.#authorize(test) : this.#authorize(test).send(body);
  }

  #authorize(test: Test): Test {
    return this.token === null ? test : test.set('Authorization', `Bearer ${this.token}`);
  }
}
