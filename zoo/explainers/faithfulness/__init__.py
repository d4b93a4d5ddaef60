"""How far a map may be believed: measures that hold it against the model, itself and the truth.

`perturbation` and `mufidelity` ask the model what it says of faces changed where the map points;
`repetition` asks whether another seed gives the same map, `randomisation` whether a network that
has forgotten everything gives another one; `localisation` holds maps against the truth, where it
is known. `measures` takes one explanation's, `study` those of many faces, methods and models.
"""
