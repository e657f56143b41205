"""The words of the Core Business Vocabulary 2.0 that EPCIS events may use without a namespace."""

import re

EVENT_TYPES = (
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
)
ACTIONS = ("ADD", "OBSERVE", "DELETE")

BUSINESS_STEPS = tuple(
    """
accepting arriving assembling collecting commissioning consigning creating_class_instance
cycle_counting decommissioning departing destroying disassembling dispensing encoding
entering_exiting holding inspecting installing killing loading other packing picking receiving
removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
void_shipping
""".split()  # noqa: SIM905
)
DISPOSITIONS = tuple(
    """
active available completeness_inferred completeness_verified conformant container_closed
container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match
non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
sellable_accessible sellable_not_accessible stolen unavailable unknown
""".split()  # noqa: SIM905
)
TRANSACTION_TYPES = tuple(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt".split()  # noqa: SIM905
)
PARTY_TYPES = ("location", "owning_party", "possessing_party")
ERROR_REASONS = ("did_not_occur", "incorrect_data")
SENSOR_ALERTS = ("ALARM_CONDITION", "ERROR_CONDITION")
COMPONENTS = tuple(
    """
altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
polar_angle spherical_radius x y z
""".split()  # noqa: SIM905
)
MEASUREMENTS = tuple(
    """
AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area
Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity
ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime
MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume
Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
VolumeFraction VolumetricFlux Wavenumber
""".split()  # noqa: SIM905
)

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

_LONG_FORM = re.compile(
    r"^(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):"
    r"|https?://(?:ref|ns)\.gs1\.org/cbv/(?:BizStep|Disp|BTT|SDT|ER)-|cbv:(?:BizStep|Disp|BTT|SDT|ER)-)"
)


def bare(word: str) -> str:
    """Return a vocabulary word without its CBV namespace; other URIs stay as they are."""
    return _LONG_FORM.sub("", word)
