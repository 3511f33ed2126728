"""Codes that R4 4.0.1 requires (bindings of strength *required*), of the types that are read here.

Elements are named ``Type.element``, where a part has the name of its path (``CarePlanActivityDetail``). R5 has other
codes under the same names: Encounter.status is the best known. A test compares all of it with the published value sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _by_element(table: str) -> dict[str, frozenset[str]]:
    lines = (line.split(": ") for line in re.sub(r"\n +", " ", table).strip().splitlines())
    return {element: words(codes) for elements, codes in lines for element in elements.split()}


RESOURCE_TYPES = words("""
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
    DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
    EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List
    Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge
    MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
    Observation ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
    Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure
    Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule
    SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription
    Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport
    TestScript ValueSet VerificationResult VisionPrescription
""")
"""Every resource type of R4 but the abstract ones."""

ANY_TYPE = RESOURCE_TYPES | words("""
    Address Age Annotation Attachment BackboneElement CodeableConcept Coding ContactDetail ContactPoint Contributor
    Count DataRequirement Distance Dosage Duration Element ElementDefinition Expression Extension HumanName Identifier
    MarketingStatus Meta Money MoneyQuantity Narrative ParameterDefinition Period Population ProdCharacteristic
    ProductShelfLife Quantity Range Ratio Reference RelatedArtifact SampledData Signature SimpleQuantity SubstanceAmount
    Timing TriggerDefinition UsageContext base64Binary boolean canonical code date dateTime decimal id instant integer
    markdown oid positiveInt string time unsignedInt uri url uuid xhtml
    Any DomainResource Resource Type
""")
"""Every type of R4."""

_REQUIRED = """
Address.use: home work temp old billing
Address.type: postal physical both
Age.comparator Count.comparator Distance.comparator Duration.comparator Quantity.comparator: < <= >= >
ContactPoint.system: phone fax email pager url sms other
ContactPoint.use: home work temp old mobile
Contributor.type: author editor reviewer endorser
DataRequirementSort.direction: ascending descending
HumanName.use: usual official temp nickname anonymous old maiden
Identifier.use: usual official temp secondary old
Narrative.status: generated extensions additional empty
ParameterDefinition.use: in out
RelatedArtifact.type: documentation justification citation predecessor successor derived-from depends-on composed-of
TimingRepeat.durationUnit TimingRepeat.periodUnit: s min h d wk mo a
TimingRepeat.dayOfWeek HealthcareServiceAvailableTime.daysOfWeek PractitionerRoleAvailableTime.daysOfWeek
    LocationHoursOfOperation.daysOfWeek: mon tue wed thu fri sat sun
TimingRepeat.when: MORN MORN.early MORN.late NOON AFT AFT.early AFT.late EVE EVE.early EVE.late NIGHT PHS HS WAKE C
    CM CD CV AC ACM ACD ACV PC PCM PCD PCV
TriggerDefinition.type: named-event periodic data-changed data-added data-modified data-removed data-accessed
    data-access-ended
Patient.gender PatientContact.gender Practitioner.gender RelatedPerson.gender: male female other unknown
PatientLink.type: replaced-by replaces refer seealso
Encounter.status EncounterStatusHistory.status: planned arrived triaged in-progress onleave finished cancelled
    entered-in-error unknown
EncounterLocation.status: planned active reserved completed
EpisodeOfCare.status EpisodeOfCareStatusHistory.status: planned waitlist active onhold finished cancelled
    entered-in-error
Task.status: draft requested received accepted rejected ready cancelled in-progress on-hold failed completed
    entered-in-error
Task.intent: unknown proposal plan order original-order reflex-order filler-order instance-order option
Task.priority ServiceRequest.priority PlanDefinitionAction.priority ActivityDefinition.priority
    Communication.priority: routine urgent asap stat
CarePlan.status ServiceRequest.status: draft active on-hold revoked completed entered-in-error unknown
CarePlan.intent: proposal plan order option
CarePlanActivityDetail.kind: Appointment CommunicationRequest DeviceRequest MedicationRequest NutritionOrder Task
    ServiceRequest VisionPrescription
CarePlanActivityDetail.status: not-started scheduled in-progress on-hold completed cancelled stopped unknown
    entered-in-error
ServiceRequest.intent ActivityDefinition.intent: proposal plan directive order original-order reflex-order
    filler-order instance-order option
PlanDefinition.status ActivityDefinition.status Questionnaire.status Library.status ValueSet.status: draft active
    retired unknown
PlanDefinitionActionCondition.kind: applicability start stop
PlanDefinitionActionRelatedAction.relationship: before-start before before-end concurrent-with-start concurrent
    concurrent-with-end after-start after after-end
PlanDefinitionActionParticipant.type ActivityDefinitionParticipant.type: patient practitioner related-person device
PlanDefinitionAction.groupingBehavior: visual-group logical-group sentence-group
PlanDefinitionAction.selectionBehavior: any all all-or-none exactly-one at-most-one one-or-more
PlanDefinitionAction.requiredBehavior: must could must-unless-documented
PlanDefinitionAction.precheckBehavior: yes no
PlanDefinitionAction.cardinalityBehavior: single multiple
ActivityDefinition.kind: Appointment AppointmentResponse CarePlan Claim CommunicationRequest Contract DeviceRequest
    EnrollmentRequest ImmunizationRecommendation MedicationRequest NutritionOrder ServiceRequest SupplyRequest Task
    VisionPrescription
QuestionnaireItem.type: group display question boolean decimal integer date dateTime time string text url choice
    open-choice attachment reference quantity
QuestionnaireItemEnableWhen.operator: exists = != > < >= <=
QuestionnaireItem.enableBehavior: all any
QuestionnaireResponse.status: in-progress completed amended entered-in-error stopped
Communication.status: preparation in-progress not-done on-hold stopped completed entered-in-error unknown
Subscription.status: requested active error off
SubscriptionChannel.type: rest-hook websocket email sms message
ProvenanceEntity.role: derivation revision quotation source removal
AuditEvent.action: C R U D E
AuditEvent.outcome: 0 4 8 12
AuditEventAgentNetwork.type: 1 2 3 4 5
OperationOutcomeIssue.severity: fatal error warning information
OperationOutcomeIssue.code: invalid structure required value invariant security login unknown expired forbidden
    suppressed processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension
    too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled
    informational
Bundle.type: document message transaction transaction-response batch batch-response history searchset collection
BundleEntrySearch.mode: match include outcome
BundleEntryRequest.method: GET HEAD POST PUT DELETE PATCH
CareTeam.status: proposed active suspended inactive entered-in-error
DeviceUdiCarrier.entryType: barcode rfid manual card self-reported unknown
Device.status: active inactive entered-in-error unknown
DeviceDeviceName.type: udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other
Goal.lifecycleStatus: proposed planned accepted active on-hold completed cancelled entered-in-error rejected
Group.type: person animal practitioner device medication substance
Location.status: active suspended inactive
Location.mode: instance kind
Medication.status: active inactive entered-in-error
Observation.status: registered preliminary final amended corrected cancelled entered-in-error unknown
Specimen.status: available unavailable unsatisfactory entered-in-error
Substance.status: active inactive entered-in-error
ValueSetComposeIncludeFilter.op: = is-a descendent-of is-not-a regex in not-in generalizes exists
"""

CODES: Mapping[str, frozenset[str]] = {
    **_by_element(_REQUIRED),
    "Questionnaire.subjectType": RESOURCE_TYPES | {"DomainResource", "Resource"},
    "DataRequirement.type": ANY_TYPE,
    "ParameterDefinition.type": ANY_TYPE,
}
"""The codes that an element of type ``code`` may have."""

MEDIA_TYPES = words("Attachment.contentType Signature.targetFormat Signature.sigFormat SubscriptionChannel.payload")
"""Elements whose codes are media types (BCP 13), of which the specification lists none."""

CURRENCIES = words("Money.currency")
"""Elements whose codes are currencies (ISO 4217)."""

CONCEPTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "Condition.clinicalStatus": (
        "http://terminology.hl7.org/CodeSystem/condition-clinical",
        words("active recurrence relapse inactive remission resolved"),
    ),
    "Condition.verificationStatus": (
        "http://terminology.hl7.org/CodeSystem/condition-ver-status",
        words("unconfirmed provisional differential confirmed refuted entered-in-error"),
    ),
}
"""The code system and codes of which an element of type ``CodeableConcept`` must have one."""
