import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type WebServer } from '../../../src/platform/http/listen.ts';
import { sendRequest } from '../../security/raw-http.ts';

let listening: WebServer;
let letGo: () => void;
let arrived: Promise<void>;

beforeEach(async () => {
  const app = express();
  let arrive = () => {};
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  arrived = new Promise((resolve) => {
    arrive = resolve;
  });
  app.get('/slow', async (_req, res) => {
    arrive();
    await released;
    res.send('done');
  });
  app.get('/begun', async (_req, res) => {
    res.write('half, ');
    arrive();
    await released;
    res.end('whole');
  });
  app.get('/', (_req, res) => {
    res.send('here');
  });
  listening = await listen(app, 0);
});
afterEach(async () => {
  letGo();
  await listening.stop();
});

describe('a server that is told to stop', () => {
  it.each(['/slow', '/begun'])(
    'finishes what is under way, over a connection that would stay: %s',
    async (path) => {
      const agent = new Agent({ keepAlive: true });
      const answer = sendRequest(listening.port, path, { agent });
      await arrived;
      const stopped = listening.stop();
      letGo();
      expect((await answer).text).toBe(path === '/slow' ? 'done' : 'half, whole');
      await stopped;
      agent.destroy();
    },
  );

  it('takes no new request', async () => {
    const slow = sendRequest(listening.port, '/slow');
    await arrived;
    const stopped = listening.stop();
    const late = connect(listening.port, '127.0.0.1');
    const [error] = await once(late, 'error');
    expect(error.code).toBe('ECONNREFUSED');
    letGo();
    await slow;
    await stopped;
  });

  it('does not wait for connections on which nothing was ever asked', async () => {
    const silent = connect(listening.port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    // Answered on another connection, so the silent one has been accepted by now.
    expect((await sendRequest(listening.port, '/')).text).toBe('here');
    await listening.stop();
    if (!silent.destroyed) await once(silent.resume(), 'close');
  });

  it('does not wait for connections that are kept for later', async () => {
    const agent = new Agent({ keepAlive: true });
    expect((await sendRequest(listening.port, '/', { agent })).text).toBe('here');
    await listening.stop();
    agent.destroy();
  });

  it('can be told twice', async () => {
    await Promise.all([listening.stop(), listening.stop()]);
  });
});

describe('a port that is taken', () => {
  it('is told in plain words', async () => {
    const words = `Port ${listening.port} is in use. Set PORT to another one.`;
    await expect(listen(express(), listening.port)).rejects.toThrow(words);
  });
});
