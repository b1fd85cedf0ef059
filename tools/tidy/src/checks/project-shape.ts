import { isTest, projectOf, projectsOf, type Check, type Problem } from '../problem.ts';

/** The layer that the lint table knows a folder by; a package says itself whether it is engine, kit or assembly. */
const layers: Readonly<Record<string, readonly string[]>> = {
  packages: ['layer:engine', 'layer:kit', 'layer:assembly'],
  plugins: ['layer:plugin'],
  apps: ['layer:app'],
  tools: ['layer:tool'],
};

/** Every project has a README and one layer; every plugin the files its siblings have. */
export const projectShape: Check = (tree) =>
  projectsOf(tree).flatMap((project) => {
    const paths = tree.paths.filter((path) => projectOf(path) === project);
    return [
      ...layerProblems(project, tree.read(`${project}/package.json`) ?? '{}'),
      ...readmeProblems(project, tree.read(`${project}/README.md`)),
      ...(project.startsWith('plugins/') ? pluginProblems(project, paths) : []),
    ];
  });

function layerProblems(project: string, manifest: string): Problem[] {
  const { nx } = JSON.parse(manifest) as { nx?: { tags?: readonly string[] } };
  const tags = nx?.tags?.filter((tag) => tag.startsWith('layer:')) ?? [];
  const allowed = layers[project.split('/')[0] ?? ''] ?? [];
  if (tags.length === 1 && tags.every((tag) => allowed.includes(tag))) return [];
  return [
    {
      path: `${project}/package.json`,
      message: `its layers are [${tags.join(', ')}]`,
      remedy: `Give "nx.tags" exactly one of ${allowed.join(', ')}.`,
    },
  ];
}

function readmeProblems(project: string, readme: string | undefined): Problem[] {
  const path = `${project}/README.md`;
  if (readme === undefined) {
    return [{ path, message: 'a project without a README', remedy: 'Say what it is and how to run or use it.' }];
  }
  if (!project.startsWith('plugins/') || readme.includes('```')) return [];
  return [{ path, message: 'no example of a configuration', remedy: 'Show the exact one that selects this plugin.' }];
}

function pluginProblems(project: string, paths: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (!paths.includes(`${project}/src/index.ts`)) {
    problems.push({
      path: `${project}/src`,
      message: 'a plugin without index.ts',
      remedy: 'Export its constant there.',
    });
  }
  if (!paths.some(isTest)) {
    problems.push({ path: `${project}/src`, message: 'a plugin without tests', remedy: 'Run the conformance cases.' });
  }
  return problems;
}
