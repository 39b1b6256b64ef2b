from seir.compartments import STAGES
import seir_data.tables
