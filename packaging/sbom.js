import CDX from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { bundledPackages, installedPackages, own } from './packages.js';

// CommonJS: its names cannot be imported one by one.
const { Contrib, Enums, Models, Serialize, Spec } = CDX;
const { Builders, Factories } = Contrib.FromNodePackageJson;
const builder = new Builders.ComponentBuilder(
  new Factories.ExternalReferenceFactory(),
  new Contrib.License.Factories.LicenseFactory(),
);

/** A package as a component, named by its package URL, which is what scanners look up. */
function component(about, type) {
  const made = builder.makeComponent(about, type);
  const [name, group] = about.name.split('/').reverse();
  made.purl = new PackageURL('npm', group, name, about.version).toString();
  made.bomRef.value = made.purl;
  return made;
}

/**
 * Writes dist/sbom.cdx.json: what drason is made of, bundled or installed beside it, in CycloneDX's form. It has neither
 * date nor number of its own, so that the same sources give the same file.
 */
export const sbom = {
  name: 'sbom',
  generateBundle() {
    const bom = new Models.Bom();
    const drason = component(own, Enums.ComponentType.Application);
    bom.metadata.component = drason;
    const packages = [...bundledPackages([...this.getModuleIds()]), ...installedPackages()];
    const byUrl = new Map(
      packages.map(({ about }) => component(about, Enums.ComponentType.Library)).map((it) => [it.purl, it]),
    );
    for (const used of byUrl.values()) {
      bom.components.add(used);
      drason.dependencies.add(used.bomRef);
    }
    const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
    const source = `${serializer.serialize(bom, { space: 2, sortLists: true })}\n`;
    this.emitFile({ type: 'asset', fileName: 'sbom.cdx.json', source });
  },
};
