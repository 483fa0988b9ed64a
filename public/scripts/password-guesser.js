import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Scores a password from 0 (guessed at once) to 4, as the server does. */
export const guesser = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: 72 });
