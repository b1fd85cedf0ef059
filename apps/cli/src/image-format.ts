import { Flags } from '@oclif/core';
import { BackupError } from '@hayloft/engine';

export const formatFlag = Flags.option({
  options: ['raw', 'qcow2'] as const,
  helpValue: 'FORMAT',
  summary: 'Format of what is written; without it, the bytes as they are.',
})();

/** `USAGE_INVALID` for a format that this version cannot write. */
export function refuseLaterFormat(format: 'raw' | 'qcow2' | undefined): void {
  if (format !== 'qcow2') return;
  throw new BackupError('USAGE_INVALID', 'This version cannot write qcow2: conversion comes with a later one', {
    remedy: 'Leave --format out for the bytes as they are, and convert them with "qemu-img convert".',
  });
}
