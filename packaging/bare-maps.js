/** Takes the sources out of the source maps: a stack trace needs places, and the sources would double the package. */
export const bareMaps = {
  name: 'bare-maps',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.map')) continue;
      const { sourcesContent: _, ...map } = JSON.parse(file.source);
      file.source = JSON.stringify(map);
    }
  },
};
