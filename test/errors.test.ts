import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, type ErrorCode, SuhoError, sentence } from '../src/errors.js';

/** The interface that logs, HTTP problems and scripts rely on: a code is added here, never renamed, reused or given another exit. */
const PINNED: Readonly<Record<string, number>> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  INPUT_INVALID: 3,
  FILE_UNREADABLE: 3,
  NOT_FOUND: 3,
  CONFLICT: 3,
  CATALOGUE_MISMATCH: 3,
  DATA_FOLDER_TAKEN: 4,
  DATA_FOLDER_NEWER: 4,
  PORT_TAKEN: 4,
  VERSIONS_APART: 4,
  UNREACHABLE: 4,
  LEDGER_FAILED: 4,
  ANALYTICS_FAILED: 4,
  ARCHIVE_FAILED: 4,
  MIGRATION_MISMATCH: 4,
  ASK_TIMEOUT: 4,
  ACTOR_GONE: 4,
  BUS_FULL: 4,
  INFERENCE_FAILED: 4,
  INFERENCE_LATE: 4,
  INFERENCE_FULL: 4,
  JOURNAL_DAMAGED: 4,
  INTERRUPTED: 130,
};

test('the codes and their exits are the pinned ones', () => {
  assert.deepEqual(Object.fromEntries(Object.entries(ERROR_CODES).map(([code, { exit }]) => [code, exit])), PINNED);
});

test('an error carries its code, its exit, its sentence and its cause', () => {
  for (const [code, exit] of Object.entries(PINNED)) {
    const cause = new Error('below');
    const error = new SuhoError(code as ErrorCode, 'what and where', { cause });
    assert.deepEqual(
      [error.code, error.exitCode, error.message, error.name, error.cause],
      [code, exit, 'what and where', 'SuhoError', cause],
    );
    assert.ok(error instanceof Error);
  }
});

test('anything thrown has a sentence', () => {
  assert.equal(sentence(new SuhoError('NOT_FOUND', 'not there')), 'not there');
  assert.equal(sentence(new TypeError('wrong')), 'wrong');
  assert.equal(sentence('just text'), 'just text');
  assert.equal(sentence(undefined), 'undefined');
});
