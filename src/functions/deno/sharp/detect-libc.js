exports.GLIBC = 'glibc'
exports.MUSL = 'musl'
exports.familySync = () => 'glibc'
exports.isNonGlibcLinuxSync = () => false
exports.versionSync = () => null
