"""The words that SPDX allows where it allows only some: relationships, digests, references, tags."""

from __future__ import annotations

VERSIONS = frozenset({"SPDX-2.2", "SPDX-2.3"})

RELATIONSHIPS = frozenset(
    (
        "AMENDS ANCESTOR_OF BUILD_DEPENDENCY_OF BUILD_TOOL_OF CONTAINED_BY CONTAINS COPY_OF DATA_FILE_OF"
        " DEPENDENCY_MANIFEST_OF DEPENDENCY_OF DEPENDS_ON DESCENDANT_OF DESCRIBED_BY DESCRIBES"
        " DEV_DEPENDENCY_OF DEV_TOOL_OF DISTRIBUTION_ARTIFACT DOCUMENTATION_OF DYNAMIC_LINK EXAMPLE_OF"
        " EXPANDED_FROM_ARCHIVE FILE_ADDED FILE_DELETED FILE_MODIFIED GENERATED_FROM GENERATES"
        " HAS_PREREQUISITE METAFILE_OF OPTIONAL_COMPONENT_OF OPTIONAL_DEPENDENCY_OF OTHER PACKAGE_OF"
        " PATCH_APPLIED PATCH_FOR PREREQUISITE_FOR PROVIDED_DEPENDENCY_OF REQUIREMENT_DESCRIPTION_FOR"
        " RUNTIME_DEPENDENCY_OF SPECIFICATION_FOR STATIC_LINK TEST_CASE_OF TEST_DEPENDENCY_OF TEST_OF"
        " TEST_TOOL_OF VARIANT_OF"
    ).split()
)

# Digits of each digest; None where the algorithm's length is not fixed.
DIGITS: dict[str, int | None] = {
    "SHA1": 40,
    "SHA224": 56,
    "SHA256": 64,
    "SHA384": 96,
    "SHA512": 128,
    "SHA3_256": 64,
    "SHA3_384": 96,
    "SHA3_512": 128,
    "BLAKE2B_256": 64,
    "BLAKE2B_384": 96,
    "BLAKE2B_512": 128,
    "BLAKE3": None,
    "MD2": 32,
    "MD4": 32,
    "MD5": 32,
    "MD6": None,
    "ADLER32": 8,
}

CATEGORIES = frozenset({"SECURITY", "PACKAGE_MANAGER", "PERSISTENT_ID", "OTHER"})

PURPOSES = frozenset(
    (
        "APPLICATION FRAMEWORK LIBRARY CONTAINER OPERATING_SYSTEM DEVICE FIRMWARE SOURCE ARCHIVE FILE"
        " INSTALL OTHER"
    ).split()
)

_TAGS_OF_DOCUMENT = (
    "SPDXVersion DataLicense SPDXID DocumentName DocumentNamespace DocumentComment ExternalDocumentRef"
    " Creator Created CreatorComment LicenseListVersion"
)
_TAGS_OF_PACKAGE = (
    "PackageName PackageVersion PackageFileName PackageSupplier PackageOriginator PackageDownloadLocation"
    " FilesAnalyzed PackageVerificationCode PackageChecksum PackageHomePage PackageSourceInfo"
    " PackageLicenseConcluded PackageLicenseInfoFromFiles PackageLicenseDeclared PackageLicenseComments"
    " PackageCopyrightText PackageSummary PackageDescription PackageComment ExternalRef ExternalRefComment"
    " PackageAttributionText PrimaryPackagePurpose BuiltDate ReleaseDate ValidUntilDate"
)
_TAGS_OF_FILE = (
    "FileName FileType FileChecksum LicenseConcluded LicenseInfoInFile LicenseComments FileCopyrightText"
    " FileComment FileNotice FileContributor FileAttributionText FileDependency ArtifactOfProjectName"
    " ArtifactOfProjectHomePage ArtifactOfProjectURI"
)
_TAGS_OF_SNIPPET = (
    "SnippetSPDXID SnippetFromFileSPDXID SnippetByteRange SnippetLineRange SnippetLicenseConcluded"
    " LicenseInfoInSnippet SnippetLicenseComments SnippetCopyrightText SnippetComment SnippetName"
    " SnippetAttributionText"
)
_TAGS_BESIDE = (
    "LicenseID ExtractedText LicenseName LicenseCrossReference LicenseComment Relationship"
    " RelationshipComment Annotator AnnotationDate AnnotationType SPDXREF AnnotationComment Reviewer"
    " ReviewDate ReviewComment"
)
TAGS = frozenset(
    " ".join((_TAGS_OF_DOCUMENT, _TAGS_OF_PACKAGE, _TAGS_OF_FILE, _TAGS_OF_SNIPPET, _TAGS_BESIDE)).split()
)


# What SPDX 3 allows.
RELATIONSHIPS_3 = frozenset(
    (
        "affects amendedBy ancestorOf availableFrom configures contains coordinatedBy copiedTo delegatedTo"
        " dependsOn descendantOf describes doesNotAffect expandsTo exploitCreatedBy fixedBy fixedIn foundBy"
        " generates hasAddedFile hasAssessmentFor hasAssociatedVulnerability hasConcludedLicense hasDataFile"
        " hasDeclaredLicense hasDeletedFile hasDependencyManifest hasDistributionArtifact hasDocumentation"
        " hasDynamicLink hasEvidence hasExample hasHost hasInput hasMetadata hasOptionalComponent"
        " hasOptionalDependency hasOutput hasPrerequisite hasProvidedDependency hasRequirement"
        " hasSpecification hasStaticLink hasTest hasTestCase hasVariant invokedBy modifiedBy other"
        " packagedBy patchedBy publishedBy reportedBy republishedBy serializedInArtifact testedOn trainedOn"
        " underInvestigationFor usesTool"
    ).split()
)
ALGORITHMS_3 = frozenset(
    (
        "adler32 blake2b256 blake2b384 blake2b512 blake3 crystalsDilithium crystalsKyber falcon md2 md4 md5"
        " md6 other sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384 sha3_512 sha512"
    ).split()
)


def plain(word: str) -> str:
    """Write a word in one way: the standard writes `PACKAGE-MANAGER` here and `PACKAGE_MANAGER` there."""
    return word.strip().upper().replace("-", "_")
