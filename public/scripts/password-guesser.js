import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Scores a password from 0 (guessed immediately) to 4, like the server. */
export const guesser = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: 72 });
