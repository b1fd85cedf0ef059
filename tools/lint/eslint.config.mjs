import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const root = `${import.meta.dirname}/../..`;

/** Who may import whom; `src/boundaries.test.ts` proves that each row bites. */
const depConstraints = [
  { sourceTag: 'layer:engine', onlyDependOnLibsWithTags: [], allowedExternalImports: ['node:*'] },
  { sourceTag: 'layer:kit', onlyDependOnLibsWithTags: ['layer:engine', 'layer:kit'] },
  { sourceTag: 'layer:assembly', onlyDependOnLibsWithTags: ['layer:engine', 'layer:kit'] },
  { sourceTag: 'layer:plugin', onlyDependOnLibsWithTags: ['layer:engine', 'layer:kit'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:engine', 'layer:kit', 'layer:assembly', 'layer:plugin'] },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
];

const boundaries = (constraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    { allow: [], banTransitiveDependencies: true, depConstraints: constraints },
  ],
});

/** Tests alone may reach for a tool: a real server, Longhorn's own library. The engine's tests may not. */
const testConstraints = depConstraints.map((row) => {
  if (row.sourceTag === 'layer:tool') return row;
  if (row.sourceTag === 'layer:engine') return { ...row, allowedExternalImports: ['node:*', '@jest/globals'] };
  return { ...row, onlyDependOnLibsWithTags: [...row.onlyDependOnLibsWithTags, 'layer:tool'] };
});

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/.nx', 'assembly/**', '**/*.generated.ts', '**/*.mjs'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { '@nx': nx },
    rules: {
      ...boundaries(depConstraints),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      // `return promise` inside try or after `using` disposes before the promise settles.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
    },
  },
  { files: ['**/*.test.ts'], rules: boundaries(testConstraints) },
);
