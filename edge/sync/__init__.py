"""This is where the appliance and the platform exchange messages over MQTT."""
